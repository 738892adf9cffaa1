variable "name" {}
variable "image" {}
variable "version" {}
variable "settings" {}

job "orders" {
  id   = var.name
  name = var.name

  update {
    max_parallel     = 1
    canary           = 1
    auto_promote     = true
    min_healthy_time = "5s"
    auto_revert      = false # Gantry goes back by itself
  }

  group "app" {
    count = 2

    network {
      port "http" {}
    }

    service {
      name     = var.name
      port     = "http"
      provider = "nomad"
      check {
        type     = "http"
        path     = "/healthz"
        interval = "2s"
        timeout  = "1s"
      }
    }

    task "app" {
      driver = "docker"
      config {
        image = var.image
        ports = ["http"]
      }
      template {
        data        = var.settings
        destination = "local/settings.env"
        env         = true
      }
      env {
        PORT    = "${NOMAD_PORT_http}"
        VERSION = var.version
      }
    }
  }
}
