"""The command ``greenlight explain``: why did this roll back?"""
