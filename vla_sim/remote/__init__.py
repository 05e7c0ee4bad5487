"""Policies on another machine, or in another environment: a client and a server that speak openpi's protocol.

A connection is a websocket; messages are msgpack with arrays as openpi packs them. The server greets with a mapping
that describes it; each request is an observation, each answer holds ``actions``; an answer in text is an error.
"""
