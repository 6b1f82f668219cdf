"""Room 6, delivery: which alerts reach whom, when, and in which words. Pure: time is an argument, nothing is sent here.

The door is `allot`: an owner's state and an alert, or the passing of time, to a new state and what is to be delivered.
"""
