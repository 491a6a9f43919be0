"""Definitions made from studies that exist: the same once more, with one trial, or with the best of them."""
