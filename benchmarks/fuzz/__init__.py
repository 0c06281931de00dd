"""Random questions to drapolicy and to Kubernetes' own code, and where their answers differ: `make fuzz-peer`.

The cases have every feature of the structured allocator, its feature gates alone and together, and DeviceTaintRules
as the scheduler's tracker applies them. What Kubernetes' module cannot be asked:

- allocated claims, namespaces with the label of admin access, claims for extended resources, the choice between nodes,
  and waiting for binding conditions: the API server and the scheduler's plugin do that. The module gets what follows
  of it: devices and shares in use, with what is consumed of them, and classes by name. Its table from extended
  resources to classes depends on the order of events.
- taint rules by class or CEL expression: no version of the API that the module reads has them.
- its implementation `stable`, which takes pools in random order; features are set so that another one answers.
- requests without `exactly` and `firstAvailable`, ranges without `min`: it stops with a nil pointer. The API server
  refuses them.
"""
