"""
After a restore: a service whose database is older than what its neighbours know is brought to what they know.

It runs while the service's processes are stopped, so that nobody books, pays or hears in between. What neighbours
published since is applied through the inbox, exactly as if it had just been delivered. What the service itself did and
told is put together from who heard it. Every difference is listed, also those that nobody but a person can mend.
"""

from common.restoring.differences import Difference, Told
from common.restoring.hearing import hear
from common.restoring.numbers import LEAP, leap
from common.restoring.telling import put_back

__all__ = ["LEAP", "Difference", "Told", "hear", "leap", "put_back"]
