"""What goes wrong, told in one sentence."""


class UserError(Exception):
    """A mistake of the user's: one sentence that says what, where, and how to mend it."""


class NotAssessable(Exception):
    """A run on somebody's own values that cannot go on; a person has to decide."""
