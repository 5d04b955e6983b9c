"""Hypothesis profiles, and a network that is closed to every test."""

import os
import tempfile

from hypothesis import HealthCheck, settings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

# What tests learn about pictures is nobody else's.
CACHE = tempfile.TemporaryDirectory(prefix="cliptune-tests-", ignore_cleanup_errors=True)
os.environ["CLIPTUNE_CACHE_DIR"] = CACHE.name

settings.register_profile("quick", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("CLIPTUNE_EXAMPLES", "quick"))
