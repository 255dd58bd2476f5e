"""``make demo``: a programme pays 1,000 households through a simulated payment system, and both sides are compared.

Read ``story.py`` first: it is the story, step by step. Everything goes through public methods over XML-RPC.
"""
