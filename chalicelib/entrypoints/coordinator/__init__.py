"""The coordinators' desk, behind a sign-in."""
