"""How staff log in: passwords and their lockout, second factors, sessions."""
