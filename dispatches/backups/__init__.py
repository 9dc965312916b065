"""How is the site backed up, restored, and moved to another database?"""
