"""The one public door: routes, checks and limits what comes from outside, by nginx or without it."""
