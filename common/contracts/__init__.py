"""The published language: who says what, who hears it, and on which queues. The only thing services share."""
