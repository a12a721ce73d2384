"""dojo doctor placeholder"""
