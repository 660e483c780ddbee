"""Searches over the flags of a launch: settings are drawn, trials run, results put side by side.

A sweep is a folder:

    sweep.json         what was asked, and what each trial has come to
    trials/0001/ ...   a run directory a trial, as the launch makes it
    logs/0001.log ...  what the trial printed
    results.csv        the table
    jobs/              what submitit writes, where it is used
    held/              while a process works on the sweep
"""
