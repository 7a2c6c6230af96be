"""``greenlight snippet``: what to paste into a service's definition, in the words of its tool."""
