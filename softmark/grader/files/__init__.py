"""Reading files that anybody may have made; all of this runs in a child process with limits.

Nothing here imports more than the standard library, so that the child starts at once.
"""
