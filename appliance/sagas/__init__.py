"""Sagas: work that takes minutes to days, step by step, with a way back; on Dramatiq over the store's own file."""
