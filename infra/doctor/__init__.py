"""`make doctor`: what an installation's mail still lacks, and how to mend it."""
