"""flight_svc: owns flights, their departures and the seat maps of aircraft."""
