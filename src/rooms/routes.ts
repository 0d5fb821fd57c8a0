import { Hono } from 'hono'
import type { AppEnv } from '../app/env'

export const roomRoutes = new Hono<AppEnv>()
