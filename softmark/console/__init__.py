"""How the commands are called: arguments in, one sentence out when something is amiss."""
