"""The sweeps beat asks airline_svc for."""

from airline_svc.models import database
from common.worker import housekeeping

housekeeping("airline", database)
