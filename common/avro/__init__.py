"""Events as Avro: schemas made from the message classes, bodies in the single-object encoding."""
