import { useSyncExternalStore, type ReactNode } from 'react';

const subscribe = () => () => {};

/** Renders its children in the browser only, after hydration. */
export function ClientOnly({ children }: { children: ReactNode }) {
  const isHydrated = useSyncExternalStore(
    subscribe,
    () => true,
    () => false,
  );
  return isHydrated ? children : null;
}
