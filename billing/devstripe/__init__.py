"""A local Stripe for the demo and the tests: localstripe, answering more like Stripe (README.md)."""
