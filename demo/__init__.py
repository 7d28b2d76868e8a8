"""The demo: a recreation centre and a dance studio, with families, bookings and history."""
