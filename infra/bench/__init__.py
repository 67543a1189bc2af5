"""Speed and cost of Pluim, as counts and ratios that mean the same on any machine."""
