"""What the job would have done in the past: retrained, promoted and scored on what was known then."""
