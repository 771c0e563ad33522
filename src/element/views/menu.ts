/** A small button that opens a popover. */
import { css, html, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { TextDirection } from '../strings/strings.js';
import { viewOf } from '../view-of.js';

export interface MenuModel {
  /** Also the parts `NAME` of the button and `NAME-menu` of the popover. */
  readonly name: string;
  readonly label: string;
  readonly icon: SVGTemplateResult;
  readonly disabled?: boolean;
  readonly dir: TextDirection;
  readonly content: TemplateResult;
}

/** Distance from the button and from the viewport's edges, px. */
const GAP = 8;

/** Aborted when the menu closes. */
const open = new WeakMap<HTMLElement, AbortController>();

export function renderMenu({ name, label, icon, disabled = false, dir, content }: MenuModel): TemplateResult {
  const id = `${name}-menu`;
  return html`
    <button
      part="tool ${name}"
      class="tool"
      type="button"
      popovertarget=${id}
      aria-label=${label}
      title=${label}
      ?disabled=${disabled}
    >
      ${icon}
    </button>
    <div
      id=${id}
      part="menu ${id}"
      class="menu"
      role="dialog"
      aria-label=${label}
      popover="auto"
      dir=${dir}
      @beforetoggle=${onBeforeToggle}
    >
      ${content}
    </div>
  `;
}

export function openMenu(root: ParentNode): HTMLElement | null {
  return root.querySelector<HTMLElement>('.menu:popover-open');
}

/** Closes the open menu in `root` and focuses its button; false if none is open. */
export function closeMenu(root: ParentNode): boolean {
  const menu = openMenu(root);
  if (!menu) return false;
  menu.hidePopover();
  buttonOf(menu)?.focus();
  return true;
}

function onBeforeToggle({ currentTarget, newState }: ToggleEvent): void {
  const menu = currentTarget as HTMLElement;
  if (newState !== 'open') return forgetMenu(menu);
  // Before the next paint, when the popover has a size.
  viewOf(menu).requestAnimationFrame(() => place(menu));
  const closed = new AbortController();
  open.set(menu, closed);
  const options = { passive: true, capture: true, signal: closed.signal };
  const onScroll = (): void => (menu.isConnected ? place(menu) : forgetMenu(menu));
  viewOf(menu).addEventListener('scroll', onScroll, options);
}

/** Stops the listeners of the open menu in `root`: a menu that is removed while it is open fires no event. */
export function forgetMenus(root: ParentNode): void {
  for (const menu of root.querySelectorAll<HTMLElement>('.menu')) forgetMenu(menu);
}

function forgetMenu(menu: HTMLElement): void {
  open.get(menu)?.abort();
  open.delete(menu);
}

/** Places the menu below the button, or above it if there is no room, inside the viewport. */
function place(menu: HTMLElement): void {
  const button = buttonOf(menu)?.getBoundingClientRect();
  if (!button) return;
  const { width, height } = menu.getBoundingClientRect();
  const { clientWidth, clientHeight } = menu.ownerDocument.documentElement;
  const rtl = getComputedStyle(menu.parentElement ?? menu).direction === 'rtl';
  const left = rtl ? button.left : button.right - width;
  const below = button.bottom + GAP;
  const top = below + height + GAP <= clientHeight ? below : button.top - height - GAP;
  menu.style.left = `${Math.max(GAP, Math.min(left, clientWidth - width - GAP))}px`;
  menu.style.top = `${Math.max(GAP, Math.min(top, clientHeight - height - GAP))}px`;
}

function buttonOf(menu: HTMLElement): HTMLElement | null {
  return menu.parentElement?.querySelector<HTMLElement>(`[popovertarget="${menu.id}"]`) ?? null;
}

export const menuStyles = css`
  .menu {
    position: fixed;
    inset: auto;
    box-sizing: border-box;
    inline-size: max-content;
    min-inline-size: 12rem;
    max-inline-size: min(20rem, calc(100vw - 16px));
    max-block-size: calc(100vh - 16px);
    margin: 0;
    padding: 0.5rem;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: Canvas;
    color: CanvasText;
    box-shadow: 0 8px 28px rgb(0 0 0 / 28%);
    font-size: 1rem;
    overflow: auto;
  }

  .menu .plain {
    display: flex;
    justify-content: start;
    inline-size: 100%;
    padding-inline: 0.75em;
    border-radius: calc(var(--_radius) * 0.7);
    text-align: start;
  }

  @media (prefers-reduced-motion: no-preference) {
    .menu:popover-open {
      animation: appear 0.12s ease-out;
    }

    @keyframes appear {
      from {
        opacity: 0;
        translate: 0 -0.25rem;
      }
    }
  }

  @media (forced-colors: active) {
    .menu {
      border-color: CanvasText;
    }
  }
`;
