"""What does guidance do by itself? It pulls the sources that are due."""

from parking.guidance.jobs.puller import Puller, pull_now
from parking.guidance.jobs.reading import read_source

__all__ = ["Puller", "pull_now", "read_source"]
