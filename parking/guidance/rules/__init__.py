"""When is a source asked, what follows from its answer, and what of the answer is believed?"""
