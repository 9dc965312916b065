"""How reports arrive: fetched from feeds and addresses, or pushed. What is fetched is text, whatever it was before."""
