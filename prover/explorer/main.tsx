import './node/forbidEval.ts'
import './style/all.css'
import { render } from 'preact'
import { App } from './App.tsx'
import { followNode } from './node/live.ts'

render(<App />, document.getElementById('app')!)
followNode()
