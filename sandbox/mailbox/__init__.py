"""The sandbox mailbox: an SMTP server that files what it is given, a provider of short messages, and a view of both."""
