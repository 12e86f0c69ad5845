"""The sweeps beat asks flight_svc for."""

from common.worker import housekeeping
from flight_svc.models import database

housekeeping("flight", database)
