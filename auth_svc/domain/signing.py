"""The keys that sign access tokens: how long each is published, signs, and is good for what it signed."""

#: How long an access token is good: what is taken from somebody is gone everywhere after so long.
ACCESS_TOKEN_SECONDS = 600
#: How long a key signs before the next one takes over.
KEY_DAYS = 30
#: How long a key is published before it signs; services look for new keys every five minutes.
LEAD_SECONDS = 900
#: How long a key is published after the next one took over: until its last token has expired, and some clocks are late.
TAIL_SECONDS = ACCESS_TOKEN_SECONDS + 300
