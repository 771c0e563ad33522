/** The types of what is started by its URL (the workers, the worklet, the bundle): imported, it offers nothing. */
export {};
