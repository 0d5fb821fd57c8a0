import { Hono } from 'hono'
import type { AppEnv } from '../app/env'

export const authRoutes = new Hono<AppEnv>()
export const wellKnownRoutes = new Hono<AppEnv>()
