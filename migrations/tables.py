"""Which tables are there? Every one must be known here, or autogenerate would drop it."""

from __future__ import annotations

from parking.accounts import models as accounts
from parking.audit import models as audit
from parking.city import models as city
from parking.complaints import models as complaints
from parking.filings import models as filings
from parking.guidance import models as guidance
from parking.inspections import models as inspections
from parking.kernel import jobs
from parking.kernel.db import leases, outbox
from parking.kernel.db.base import Base
from parking.lots import models as lots
from parking.occupancy import models as occupancy
from parking.plates import models as plates
from parking.sharing import models as sharing
from parking.tariffs import models as tariffs
from parking.visits import models as visits

TABLES_OF = (
    accounts,
    audit,
    city,
    complaints,
    filings,
    guidance,
    inspections,
    jobs,
    leases,
    lots,
    occupancy,
    outbox,
    plates,
    sharing,
    tariffs,
    visits,
)

METADATA = Base.metadata
