"""The sweeps beat asks fare_svc for."""

from common.worker import housekeeping
from fare_svc.models import database

housekeeping("fare", database)
