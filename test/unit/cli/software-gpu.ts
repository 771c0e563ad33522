/** Chromium's software GPU, which the package webgpu can use too. */
import { existsSync } from 'node:fs';

/** For VK_ICD_FILENAMES. */
export const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** Why tests that need it are skipped; false where it is there. */
export const NO_DRIVER = !existsSync(DRIVER) && 'Debian’s Chromium with its software GPU is not installed';
