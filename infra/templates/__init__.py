"""The templates, made ready ahead: mail styles written onto elements, everything compiled."""
