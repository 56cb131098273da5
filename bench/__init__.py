"""Measurements beside the bare libraries, as ratios of things measured side by side in one run."""
