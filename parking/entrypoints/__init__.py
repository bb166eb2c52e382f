"""Which processes can be started?"""
