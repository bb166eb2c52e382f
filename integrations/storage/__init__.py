"""Where are uploaded papers kept?"""
