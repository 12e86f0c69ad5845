"""The registry of contracts: made from the message classes, checked against what is published."""
