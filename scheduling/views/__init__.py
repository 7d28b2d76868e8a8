"""The pages of scheduling, by audience."""
