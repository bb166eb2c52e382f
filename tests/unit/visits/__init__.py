"""Tests of parking.visits."""
