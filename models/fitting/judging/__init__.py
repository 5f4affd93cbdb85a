"""Judging a scorecard: is it worth having on these data, or are the pack's rules enough?"""
