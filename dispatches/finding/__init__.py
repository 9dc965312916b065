"""How editors find things: the words of the desk's objects, queries for them, and what of an object matched."""
