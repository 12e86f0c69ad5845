"""What flight_svc hears, and what it does about it."""

from common.consumer import Handlers, whole_batches
from common.contracts.airline import AirlineUpdated
from flight_svc.service import finding

HANDLERS: Handlers = {AirlineUpdated: [whole_batches(finding.note_airlines)]}
