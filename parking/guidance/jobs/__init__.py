"""What does guidance do by itself? It pulls the sources that are due."""

from parking.guidance.jobs.health import health_jobs
from parking.guidance.jobs.levels import level_jobs
from parking.guidance.jobs.previewing import read_for_preview
from parking.guidance.jobs.puller import Puller, pull_now
from parking.guidance.jobs.reading import read_source

__all__ = ["Puller", "health_jobs", "level_jobs", "pull_now", "read_for_preview", "read_source"]
