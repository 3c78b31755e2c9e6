"""Kaizu 海図: a registry of municipal requirements and the specs drawn from them."""
